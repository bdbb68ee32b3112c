import torch

vector_norm = torch.linalg.vector_norm
matrix_norm = torch.linalg.matrix_norm
norm = torch.linalg.norm
